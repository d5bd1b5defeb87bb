# shellcheck shell=bash
# Sourced by the job files: starts mfals on all tasks of the allocation, and has it go on in another one if need be.

# A SIGUSR1 to this shell goes on to all ranks, which write a checkpoint and exit with 75.
pid='' stop_asked=false
trap 'stop_asked=true; [[ -z $pid ]] || kill -USR1 "$pid" 2>/dev/null || true' USR1

# These lines depend on the site:
# module load openmpi hdf5-parallel openblas
futile_starts=${MFALS_FUTILE_STARTS:-3} # so many without one more iteration, and the job gives up

# Named, built in the sources ($home, of the job file), or an installed copy: PREFIX/bin for jobs in PREFIX/share/mfals,
# or in PATH.
mfals=${MFALS:-$home/build/release/mfals}
if [[ -z ${MFALS:-} && ! -x $mfals ]]; then
    if [[ $home == */share/mfals ]]; then mfals=$home/../../bin/mfals; else mfals=$(command -v mfals || true); fi
fi
if [[ ! -f $mfals || ! -x $mfals ]]; then
    echo "no mfals${mfals:+ at $mfals}: build it in $home, or set MFALS to the program" >&2
    exit 66
fi
if [[ -n ${MFALS_LAUNCHER:-} ]]; then
    read -ra launcher <<<"$MFALS_LAUNCHER"
elif [[ $(srun --mpi=list 2>&1) == *pmix* ]]; then
    launcher=(srun --mpi=pmix)
else
    launcher=(mpirun)
fi

# The first task of an array has the whole array's number as SLURM_JOB_ID.
job=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}

export OPENBLAS_NUM_THREADS=1 # one rank a core
# A node whose network fails is noticed in seconds; without these it takes minutes.
export OMPI_MCA_oob_tcp_keepalive_time=3 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3
# mpirun, when it is told to end, kills ranks only after so many seconds; after any exit code but 0 it waits up to
# twice as long.
export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-10}
# mfals stops in time before the job's end, where there is one.
ends=$(squeue --noheader --jobs="$job" --format=%e || true)
if [[ $ends == [0-9]* ]]; then
    SLURM_JOB_END_TIME=$(date --date="$ends" +%s)
    export SLURM_JOB_END_TIME
fi

# launch ARGUMENTS...: mfals on all tasks.
launch() {
    local code
    "${launcher[@]}" "$mfals" "$@" &
    pid=$!
    if $stop_asked; then kill -USR1 "$pid"; fi
    while :; do # a signal breaks off the waiting, not the ranks
        code=0
        wait "$pid" || code=$?
        kill -0 "$pid" 2>/dev/null || break
    done
    pid=''
    # Ranks that were not ready for the signal have died of it, and nothing is lost.
    if $stop_asked && ((code == 128 + $(kill -l USR1))); then code=75; fi
    return "$code"
}

# train CHECKPOINTS ARGUMENTS...: in as many allocations as it takes.
train() {
    local code=0
    if is_stuck "$1"; then
        echo "job $job gives up: $futile_starts starts without one more iteration" >&2
        return 1
    fi
    launch train --checkpoint-dir "$@" || code=$?
    # srun exits with 0 even where it could not start a task.
    if ((code == 0)) && [[ $1/starts -nt $1/lock ]]; then
        echo "job $job: mfals was not started" >&2
        return 1
    fi
    # Where the site has no RequeueExit for it. scontrol ends this script.
    if ((code == 75)) && ! scontrol show config | grep -E '^RequeueExit .*\b75\b' >/dev/null; then
        scontrol requeue "$job"
        sleep 60
    fi
    return "$code"
}

# is_stuck CHECKPOINTS: its file `starts` holds the job, the newest iteration, and how many starts have found that one
# before.
is_stuck() {
    local newest whose='' before='' same=0
    newest=$(find "$1" -name 'checkpoint-*.h5' 2>/dev/null | sed 's/.*-//; s/[.]h5$//' | sort -n | tail -n 1)
    if [[ -r $1/starts ]]; then read -r whose before same <"$1/starts" || true; fi
    if [[ $whose == "$job" && $before == "${newest:-none}" ]]; then
        same=$((same + 1))
    else
        same=0
    fi
    mkdir -p "$1" && echo "$job ${newest:-none} $same" >"$1/starts"
    ((same >= futile_starts))
}
