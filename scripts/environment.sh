# shellcheck shell=bash
# To be sourced: a place to run in. Lets Open MPI, 4 (OMPI_MCA_...) or 5 (PRTE_MCA_...), start as root and with more ranks than
# cores, on a workstation or in a container; MPICH does so by itself, and its ranks then sleep where they wait. What is already set stays. On a cluster leave this to the
# batch system. tests/CMakeLists.txt reads these lines too.
export OMPI_ALLOW_RUN_AS_ROOT="${OMPI_ALLOW_RUN_AS_ROOT-1}"
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM-1}"
export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe-1}"
export PRTE_MCA_rmaps_default_mapping_policy="${PRTE_MCA_rmaps_default_mapping_policy-:oversubscribe}"
export OMPI_MCA_mpi_yield_when_idle="${OMPI_MCA_mpi_yield_when_idle-1}"
export MPIR_CVAR_ENABLE_HEAVY_YIELD="${MPIR_CVAR_ENABLE_HEAVY_YIELD-1}"
export OMPI_MCA_hwloc_base_binding_policy="${OMPI_MCA_hwloc_base_binding_policy-none}"
export PRTE_MCA_hwloc_default_binding_policy="${PRTE_MCA_hwloc_default_binding_policy-none}"
# In some containers Open MPI 5's way to ask the kernel which networks reach each other warns that none does.
export OMPI_MCA_reachable="${OMPI_MCA_reachable-weighted}"
# No search for networks that such places lack: it takes 0.2 s at each start.
export OMPI_MCA_pml="${OMPI_MCA_pml-ob1}"
# A process started without mpirun starts no daemon of its own, which takes as long.
export OMPI_MCA_ess_singleton_isolated="${OMPI_MCA_ess_singleton_isolated-1}"
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS-1}"
# The Python that Debian's packages are for, where another comes first that lacks them.
if ! python3 -c 'import h5py, numpy' 2>/dev/null; then
    export PATH="/usr/bin:$PATH"
fi
