# Spack recipe, for Spack 1.0 and later: put it into a repository of recipes as packages/mfals/package.py. It was not run: the
# names of packages, variants and build system are those of Spack's own recipes, and tests/install.py loads it with stand-ins.
from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Mfals(CMakePackage):
    """Recommender factor models (exact ALS, SGD) under MPI, written to HDF5: the same bits on any number of ranks."""

    git = "https://mfals.invalid/mfals.git"  # where your centre keeps this repository

    version("main", branch="main")

    variant("tests", default=False, description="Build the tests")

    depends_on("c", type="build")
    depends_on("cmake@3.18:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("bzip2")
    depends_on("mpi")
    depends_on("hdf5@1.10.7:+mpi")
    depends_on("openblas threads=none")
    depends_on("netlib-scalapack")
    depends_on("jansson")
    depends_on("libinih")
    depends_on("random123")
    depends_on("xxhash")
    depends_on("xz")
    depends_on("zstd")
    depends_on("snappy")
    depends_on("lz4")
    depends_on("zlib-api")
    depends_on("cunit", when="+tests")

    def cmake_args(self):
        # Debian's names of the modules of pkg-config, as Spack's packages have them.
        return [
            self.define_from_variant("MFALS_TESTS", "tests"),
            self.define("MFALS_HDF5_MODULE", "hdf5"),
            self.define("MFALS_SCALAPACK_MODULE", "scalapack"),
        ]
