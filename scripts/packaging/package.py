# Spack recipe: put it into a repository of recipes as packages/mfals/package.py.
from spack.package import *


class Mfals(CMakePackage):
    """Recommender factor models (exact ALS, SGD) under MPI, written to HDF5: the same bits on any number of ranks."""

    git = "https://mfals.invalid/mfals.git"  # where your centre keeps this repository

    version("main", branch="main")

    variant("tests", default=False, description="Build the tests")

    depends_on("c", type="build")
    depends_on("cmake@3.18:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("openmpi")
    depends_on("hdf5+mpi")
    depends_on("openblas threads=none")
    depends_on("netlib-scalapack")
    depends_on("jansson")
    depends_on("inih")
    depends_on("random123", type="build")
    depends_on("xxhash")
    depends_on("xz")
    depends_on("zstd")
    depends_on("zlib-api")
    depends_on("cunit", type="build", when="+tests")

    def cmake_args(self):
        # Debian's names of the modules of pkg-config, as Spack's packages have them.
        return [
            self.define_from_variant("MFALS_TESTS", "tests"),
            self.define("MFALS_HDF5_MODULE", "hdf5"),
            self.define("MFALS_SCALAPACK_MODULE", "scalapack"),
        ]
