# The libraries that mfals is built on. BLAS, LAPACK, ScaLAPACK and HDF5 are found by pkg-config or, where it does not know
# them, by CMake's own modules; src/README.md says how to choose. What comes out:
#     MFALS_BLAS, MFALS_SCALAPACK_LINK, MFALS_HDF5   to be linked
#     MFALS_PC_REQUIRES, MFALS_PC_LIBS                    the same for the users of mfals.pc
#     MFALS_FIND                                          the same for those of mfalsConfig.cmake, as lines of CMake
include(CheckCSourceCompiles)
include(CheckCSourceRuns)
include(CheckFunctionExists)

find_package(MPI REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
set(MFALS_HDF5_MODULE hdf5-openmpi CACHE STRING "what pkg-config calls parallel HDF5")
set(MFALS_SCALAPACK_MODULE scalapack-openmpi CACHE STRING "what pkg-config calls ScaLAPACK")
set(MFALS_SCALAPACK_LIBRARIES "" CACHE STRING "what to link for ScaLAPACK, where pkg-config does not know it")
option(MFALS_SCALAPACK "find the axes of 1024 and more factors by ScaLAPACK" ON)

# Sets PREFIX_FOUND and PkgConfig::PREFIX, and hands the modules on to who uses libmfals.
macro(mfals_find prefix)
    pkg_check_modules(${prefix} IMPORTED_TARGET ${ARGN})
    if(${prefix}_FOUND)
        list(APPEND MFALS_PC_REQUIRES ${ARGN})
        set(modules ${ARGN}) # ARGN is no variable in a macro
        list(JOIN modules " " modules)
        string(APPEND MFALS_FIND "pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET ${modules})\n")
    endif()
endmacro()

# Forgets what check_... found out about other libraries than these.
function(mfals_check_anew name libraries)
    if(NOT "${libraries}" STREQUAL "${MFALS_CHECKED_${name}}")
        foreach(result ${ARGN})
            unset(${result} CACHE)
        endforeach()
        set(MFALS_CHECKED_${name} "${libraries}" CACHE INTERNAL "")
    endif()
endfunction()

# BLAS and LAPACK: those named; else OpenBLAS as pkg-config knows it; else, or with BLA_VENDOR, CMake's search.
if(DEFINED CACHE{BLAS_LIBRARIES})
    set(MFALS_BLAS ${LAPACK_LIBRARIES} ${BLAS_LIBRARIES})
elseif(NOT BLA_VENDOR)
    mfals_find(OPENBLAS openblas)
    if(OPENBLAS_FOUND)
        set(MFALS_BLAS PkgConfig::OPENBLAS)
    endif()
endif()
if(NOT MFALS_BLAS)
    set(BLA_SIZEOF_INTEGER 4)
    find_package(LAPACK REQUIRED)
    set(MFALS_BLAS ${LAPACK_LINKER_FLAGS} ${LAPACK_LIBRARIES} ${BLAS_LIBRARIES})
    list(REMOVE_DUPLICATES MFALS_BLAS)
endif()
if(NOT OPENBLAS_FOUND)
    list(APPEND MFALS_PC_LIBS ${MFALS_BLAS})
endif()
mfals_check_anew(BLAS "${MFALS_BLAS}" MFALS_HAS_LAPACK MFALS_HAS_INT_BLAS MFALS_OPENBLAS MFALS_BLIS MFALS_MKL)
set(CMAKE_REQUIRED_LIBRARIES ${MFALS_BLAS} m)
check_function_exists(dsyevd_ MFALS_HAS_LAPACK)
if(NOT MFALS_HAS_LAPACK)
    message(FATAL_ERROR "no LAPACK in ${MFALS_BLAS}: name it by -DLAPACK_LIBRARIES=... beside -DBLAS_LIBRARIES=...")
endif()
# Integers of 64 bits would make a negative number of n and what lies behind it.
set(integers "#include <stdio.h>
double ddot_(const int *n, const double *x, const int *step_x, const double *y, const int *step_y);
int main(void)
{
    const int n[2] = {2, -1}, one[2] = {1, 0};
    const double x[2] = {1, 2};
    return ddot_(n, x, one, x, one) == 5 ? 0 : 1;
}")
if(CMAKE_CROSSCOMPILING)
    set(MFALS_HAS_INT_BLAS ON CACHE INTERNAL "not tried: cross-compiling")
endif()
check_c_source_runs("${integers}" MFALS_HAS_INT_BLAS)
if(NOT MFALS_HAS_INT_BLAS)
    message(FATAL_ERROR "${MFALS_BLAS} takes integers of 64 bits (ILP64) or does not run: mfals needs a BLAS with 32-bit "
        "integers (LP64)")
endif()
check_function_exists(openblas_get_corename MFALS_OPENBLAS)
check_function_exists(bli_thread_set_num_threads MFALS_BLIS)
check_function_exists(MKL_Set_Num_Threads MFALS_MKL)

# ScaLAPACK: that named; else as pkg-config knows it; else what comes with the BLAS or the compiler, as LibSci.
if(MFALS_SCALAPACK)
    if(MFALS_SCALAPACK_LIBRARIES)
        set(MFALS_SCALAPACK_LINK ${MFALS_SCALAPACK_LIBRARIES})
    else()
        mfals_find(SCALAPACK ${MFALS_SCALAPACK_MODULE})
        if(SCALAPACK_FOUND)
            set(MFALS_SCALAPACK_LINK PkgConfig::SCALAPACK)
        else()
            find_library(MFALS_SCALAPACK_LIBRARY NAMES scalapack scalapack-openmpi scalapack-mpich)
            if(MFALS_SCALAPACK_LIBRARY)
                set(MFALS_SCALAPACK_LINK ${MFALS_SCALAPACK_LIBRARY})
            endif()
        endif()
    endif()
    if(NOT SCALAPACK_FOUND AND MFALS_SCALAPACK_LINK)
        list(PREPEND MFALS_PC_LIBS ${MFALS_SCALAPACK_LINK})
    endif()
    mfals_check_anew(SCALAPACK "${MFALS_SCALAPACK_LINK};${MFALS_BLAS}" MFALS_HAS_SCALAPACK)
    set(CMAKE_REQUIRED_LIBRARIES ${MFALS_SCALAPACK_LINK} ${MFALS_BLAS} MPI::MPI_C m)
    check_function_exists(pdsyevd_ MFALS_HAS_SCALAPACK)
    if(NOT MFALS_HAS_SCALAPACK)
        message(FATAL_ERROR "no ScaLAPACK: name it by -DMFALS_SCALAPACK_MODULE=... (pkg-config's name) or "
            "-DMFALS_SCALAPACK_LIBRARIES=..., or do without by -DMFALS_SCALAPACK=OFF")
    endif()
endif()

# HDF5, with MPI.
mfals_find(HDF5_MODULE ${MFALS_HDF5_MODULE})
if(HDF5_MODULE_FOUND)
    set(MFALS_HDF5 PkgConfig::HDF5_MODULE)
else()
    set(HDF5_PREFER_PARALLEL ON)
    find_package(HDF5 REQUIRED COMPONENTS C)
    set(MFALS_HDF5 ${HDF5_C_LIBRARIES})
    list(APPEND MFALS_PC_LIBS ${HDF5_C_LIBRARIES})
    include_directories(SYSTEM ${HDF5_C_INCLUDE_DIRS})
    set(CMAKE_REQUIRED_INCLUDES ${HDF5_C_INCLUDE_DIRS})
endif()
mfals_check_anew(HDF5 "${MFALS_HDF5};${MFALS_HDF5_MODULE};${HDF5_C_INCLUDE_DIRS}" MFALS_HAS_PARALLEL_HDF5)
set(CMAKE_REQUIRED_LIBRARIES ${MFALS_HDF5} MPI::MPI_C)
check_c_source_compiles("#include <hdf5.h>
int main(void) { return H5Pset_fapl_mpio(0, MPI_COMM_WORLD, MPI_INFO_NULL) < 0; }" MFALS_HAS_PARALLEL_HDF5)
if(NOT MFALS_HAS_PARALLEL_HDF5)
    message(FATAL_ERROR "HDF5 as found is not built with MPI, or with another one: name a parallel HDF5 by "
        "-DMFALS_HDF5_MODULE=... (pkg-config's name) or -DHDF5_ROOT=...")
endif()
unset(CMAKE_REQUIRED_LIBRARIES)
unset(CMAKE_REQUIRED_INCLUDES)

# Not every system's pkg-config knows it.
find_package(BZip2 REQUIRED)
list(APPEND MFALS_PC_LIBS ${BZIP2_LIBRARIES})
string(APPEND MFALS_FIND "find_package(BZip2 REQUIRED)\n")

foreach(needed "COMPRESSION;zlib;liblzma;libzstd" "PAGES;snappy;liblz4" "XXHASH;libxxhash" "INIH;inih")
    mfals_find(${needed})
    list(GET needed 0 prefix)
    if(NOT ${prefix}_FOUND)
        message(FATAL_ERROR "pkg-config does not find one of ${needed}")
    endif()
endforeach()
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)

# A library where the linker looks anyway goes into mfals.pc by its name: the file serves every architecture.
list(JOIN CMAKE_C_IMPLICIT_LINK_DIRECTORIES "|" MFALS_LINKER_FOLDERS)
list(TRANSFORM MFALS_PC_LIBS REPLACE "^(${MFALS_LINKER_FOLDERS})/lib([^/]+)[.](so|a)$" "-l\\2")
list(JOIN MFALS_PC_REQUIRES ", " MFALS_PC_REQUIRES)
list(JOIN MFALS_PC_LIBS " " MFALS_PC_LIBS)
