# shellcheck shell=bash
# Sourced by the job files: starts mfals on all tasks of the allocation, and has it go on in another one if need be.

# A SIGUSR1 to this shell goes on to all ranks, which write a checkpoint and exit with 75.
pid='' stop_asked=false
trap 'stop_asked=true; [[ -z $pid ]] || kill -USR1 "$pid" 2>/dev/null || true' USR1

# These lines depend on the site:
# module load openmpi hdf5-parallel openblas
futile_starts=${MFALS_FUTILE_STARTS:-3} # so many without one more iteration, and the job gives up

# Bash means here what it says, whatever SHELLOPTS, BASHOPTS and the like ask of it.
unset POSIXLY_CORRECT GLOBIGNORE
set +o noclobber +o noglob +o monitor
shopt -u failglob nocasematch xpg_echo
# What a user has set for squeue and scontrol is not for the calls below; SLURM_CLUSTERS would ask another cluster.
unset "${!SQUEUE_@}" "${!SCONTROL_@}" SLURM_CLUSTERS
# By `sbatch --export=...` ranks would not get what is exported here.
unset SLURM_EXPORT_ENV
# A job that was submitted within a step of another one is no step of that one.
unset "${!SLURM_STEP_@}" "${!PMIX_SERVER_@}" PMIX_NAMESPACE PMIX_RANK PMI_RANK PMI_SIZE PMI_FD PMI_PORT PMI_ID PMI_JOBID
if [[ -n ${SLURM_MEM_PER_NODE:-} && -n ${SLURM_MEM_PER_CPU:-}${SLURM_MEM_PER_GPU:-} ]]; then
    unset SLURM_MEM_PER_NODE SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU # srun refuses two of them
fi

# The first task of an array has the whole array's number as SLURM_JOB_ID.
job=${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-}}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}

say() {
    printf 'job %s: %s\n' "$job" "$1" >&2
}

# is_number TEXT: digits that bash may calculate with. Other text in (( )) can be a command.
is_number() {
    [[ $1 == 0 || ($1 == [123456789]* && $1 != *[!0123456789]* && ${#1} -le 18) ]]
}

# ask COMMAND...: its output, in time.
ask() {
    timeout --kill-after=5 20 "$@" </dev/null
}

if [[ -z $job ]]; then
    echo "no job of SLURM: submit this file with sbatch" >&2
    exit 64
fi
if ! is_number "$futile_starts" || ((futile_starts == 0)); then
    echo "MFALS_FUTILE_STARTS: '$futile_starts' is not a number of starts" >&2
    exit 64
fi

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

# find_launcher: one of the MPI that mfals was built with; another's would start every rank as a training of its own.
# srun, if SLURM speaks that MPI's language; else the MPI's own.
find_launcher() {
    local language=pmix sign='Open MPI' names=(mpirun mpiexec mpirun.openmpi) name mpi
    mpi=$(ask "$mfals" --version 2>/dev/null) || true
    mpi=${mpi##*MPI: } mpi=${mpi%%$'\n'*}
    case $mpi in
    *MPICH* | *MVAPICH*) language=pmi2 sign=HYDRA names=(mpirun mpiexec mpiexec.hydra mpirun.mpich) ;;
    *Intel*MPI*) language=pmi2 sign=Intel names=(mpirun mpiexec mpiexec.hydra) ;;
    esac
    if [[ $(ask srun --mpi=list 2>&1 || true) == *"$language"* ]]; then
        launcher=(srun "--mpi=$language")
        return
    fi
    for name in "${names[@]}"; do
        if [[ $(ask "$name" --version 2>&1 || true) == *"$sign"* ]]; then
            launcher=("$name")
            return
        fi
    done
    say "neither srun --mpi=$language nor mpirun of $sign: load its module in $home/jobs/launch.sh, or set MFALS_LAUNCHER"
    exit 66
}

if [[ -n ${MFALS_LAUNCHER:-} ]]; then
    read -ra launcher <<<"$MFALS_LAUNCHER"
else
    find_launcher
fi

export OPENBLAS_NUM_THREADS=1 # one rank a core
# A node whose network fails is noticed in seconds; without these it takes minutes. Open MPI 5 has the second name.
for mca in OMPI_MCA PRTE_MCA; do
    export "${mca}_oob_tcp_keepalive_time=3" "${mca}_oob_tcp_keepalive_intvl=1" "${mca}_oob_tcp_keepalive_probes=3"
done
# mpirun of Open MPI 4, when it is told to end, kills ranks only after so many seconds; after any exit code but 0 it
# waits up to twice as long. That of Open MPI 5 cannot be told.
export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-10}

# signal_lead: how many seconds before its end the job is told to stop, as its file says, which is run from a copy; empty
# where it does not. A --signal on sbatch's command line is not seen.
signal_lead() {
    local line lead=${SBATCH_SIGNAL:-}
    if [[ -z $lead && -r $0 ]]; then
        while IFS= read -r line; do
            if [[ $line == '#SBATCH --signal='* ]]; then lead=$line; fi
        done <"$0"
    fi
    lead=${lead##*@}
    ! is_number "$lead" || echo "$lead"
}

# mfals stops in time before the job's end, where that is known.
find_end() {
    local ends now lead left
    now=$(date +%s)
    ends=$(SLURM_TIME_FORMAT=%s ask squeue --noheader --jobs="$job" --format=%e 2>/dev/null) || ends=''
    ends=${ends//[[:space:]]/}
    if is_number "$ends"; then
        export SLURM_JOB_END_TIME=$ends
    elif is_number "${SLURM_JOB_END_TIME:-}" && ((SLURM_JOB_END_TIME > now)); then
        ends=$SLURM_JOB_END_TIME
    else
        unset SLURM_JOB_END_TIME
        say "its end is not known: what stops it in time is the signal of its file, or --max-time"
        return
    fi
    lead=$(signal_lead) left=$((ends - now))
    if [[ -n $lead ]] && ((left <= lead)); then
        say "its time limit leaves $left s, and --signal asks for the last checkpoint $lead s before the end: it will be \
told to stop as soon as it has started. Ask for more --time, or say --signal=B:USR1@$(((left + 3) / 4))"
    fi
}
find_end

# launch ARGUMENTS...: mfals on all tasks.
launch() {
    local code
    "${launcher[@]}" "$mfals" "$@" &
    pid=$!
    if $stop_asked; then kill -USR1 "$pid" 2>/dev/null || true; fi
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
    local code=0 lock
    if is_stuck "$1"; then
        say "gives up: $futile_starts starts without one more iteration"
        return 1
    fi
    lock=$(lock_stamp "$1")
    launch train --checkpoint-dir "$@" || code=$?
    # srun exits with 0 even where it could not start a task.
    if ((code == 0)) && [[ $lock == "$(lock_stamp "$1")" ]]; then
        say "mfals was not started"
        return 1
    fi
    # Where the site has no RequeueExit for it.
    if ((code == 75)) && ! requeues_itself; then requeue; fi
    return "$code"
}

# lock_stamp CHECKPOINTS: every run writes the lock.
lock_stamp() {
    stat --format='%i %y' -- "$1/lock" 2>/dev/null || true
}

# requeues_itself: whether RequeueExit of the site, such as "1,70-80", has our 75.
requeues_itself() {
    local config part parts line='(^|'$'\n'')RequeueExit[[:blank:]]*=[[:blank:]]*([-,0-9]+)'
    config=$(ask scontrol show config 2>/dev/null) || return 1
    [[ $config =~ $line ]] || return 1
    IFS=, read -ra parts <<<"${BASH_REMATCH[2]}"
    for part in "${parts[@]}"; do
        if is_number "${part%-*}" && is_number "${part#*-}" && ((${part%-*} <= 75 && 75 <= ${part#*-})); then return; fi
    done
    return 1
}

# requeue: scontrol ends this script.
requeue() {
    local pause
    for pause in 5 20 60 0; do
        if ask scontrol requeue "$job"; then
            sleep 60
            return
        fi
        sleep "$pause"
    done
    say "SLURM did not queue it again: submit it once more, and it goes on from its checkpoints"
}

# newest_iteration CHECKPOINTS
newest_iteration() {
    local path number newest=none
    for path in "$1"/checkpoint-*.h5; do
        number=${path##*/checkpoint-} number=${number%.h5}
        if is_number "$number" && { [[ $newest == none ]] || ((number > newest)); }; then newest=$number; fi
    done
    echo "$newest"
}

# is_stuck CHECKPOINTS: its file `starts` holds the job, the newest iteration, and how many starts have found that one
# before. Others may write there: what is read is checked, and what is written replaces the name, wherever it leads.
is_stuck() {
    local newest new whose='' before='' same=''
    newest=$(newest_iteration "$1")
    if [[ -f $1/starts && ! -L $1/starts && -r $1/starts ]]; then
        IFS=' ' read -r -n 200 whose before same <"$1/starts" || true
    fi
    if [[ $whose == "$job" && $before == "$newest" ]] && is_number "$same"; then
        same=$((same + 1))
    else
        same=0
    fi
    if ! { mkdir -p -- "$1" && new=$(mktemp -- "$1/.starts.XXXXXX") && echo "$job $newest $same" >"$new" &&
        mv -f -T -- "$new" "$1/starts"; }; then
        say "cannot write $1/starts: starts without progress are not counted"
    fi
    ((same >= futile_starts))
}
