#!/usr/bin/env bash
# Runs slurm.sbatch on a real Slurm of one node (Debian: slurmctld slurmd slurm-client munge), as
# root: 16 shards, one of which is killed and one loses its node, beside one process. Both must
# have one hash.
#
#   scripts/cluster/slurm-test.sh DDIM
#
# Without Slurm nothing is tested, which is said, and the exit status is 77.
set -euo pipefail
cd "$(dirname "$0")"

ddim=$(realpath "$1")
for program in slurmctld slurmd munged scontrol; do
    PATH=$PATH:/usr/sbin command -v $program >/dev/null || {
        echo "slurm-test.sh: SKIPPED, nothing was tested: $program is missing (Debian: apt install slurmctld slurmd slurm-client munge)" >&2
        exit 77
    }
done
[ "$(id -u)" = 0 ] || { echo "slurm-test.sh: SKIPPED, nothing was tested: Slurm's daemons need root" >&2; exit 77; }

place=$(mktemp -d)
chmod 755 "$place"
mkdir -p "$place/state" "$place/spool" /run/munge
stop() {
    for daemon in slurmd slurmctld munged; do
        [ ! -f "$place/$daemon.pid" ] || kill "$(cat "$place/$daemon.pid")" 2>/dev/null || true
    done
}
trap 'stop; rm -rf "$place"' EXIT

# munge with a key and a socket of its own, beside one that may be there.
dd if=/dev/urandom of="$place/munge.key" bs=1024 count=1 status=none
mkdir "$place/munge"
chown -R munge:munge "$place/munge" "$place/munge.key"
chmod 755 "$place/munge"
chmod 400 "$place/munge.key"
runuser -u munge -- /usr/sbin/munged --force --key-file="$place/munge.key" --socket="$place/munge/socket" \
    --pid-file="$place/munge/pid" --log-file="$place/munge/log" --seed-file="$place/munge/seed"
ln -s munge/pid "$place/munged.pid"

host=$(hostname -s)
cat >"$place/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$place/munge/socket
CryptoType=crypto/munge
SlurmctldPort=16827
SlurmdPort=16828
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MailProg=/bin/true
JobRequeue=1
ReturnToService=2
SlurmdTimeout=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
MinJobAge=3600
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$place/slurm.conf
/usr/sbin/slurmctld -f "$SLURM_CONF"
/usr/sbin/slurmd -f "$SLURM_CONF"

# Waits for a condition, or gives up after a while.
await() {
    local what=$1 until=$((SECONDS + 300))
    shift
    until "$@"; do
        [ $SECONDS -lt $until ] || {
            echo "slurm-test.sh: waited in vain for $what" >&2
            squeue -r >&2 || true
            tail -5 "$place"/*.log >&2
            exit 1
        }
        sleep 0.2
    done
}
idle() { sinfo -h -o %T 2>/dev/null | grep -q idle; }
await "the node" idle

run=(--device cpu --steps 50 --count 3200 --class all)
"$ddim" sample --quiet "${run[@]}" --output "$place/one.zarr"

# The elements that run; the first process of one: the program, or the script that started it.
running() { squeue -h -r -t running -o %i; }
program() { pgrep -f -- "^$ddim sample .*--output $place/many.zarr" | head -1; }
script() { pgrep -f -- "slurm_script .*--output $place/many.zarr" | head -1; }
busy() { [ -d "$place/many.zarr/c" ] && [ -n "$(program)" ]; }
submit() { DDIM=$ddim sbatch --chdir="$place" "$@" slurm.sbatch "${run[@]}" --output "$place/many.zarr"; }

submit
await "the first chunks" busy
echo "== killing the program of an element: its script has Slurm start it again" >&2
kill -KILL "$(program)"
await "another" busy
echo "== killing the script of an element: it has failed, and is submitted again below" >&2
doomed=$(script)
kill -KILL "$doomed"
await "another" busy
echo "== killing the node with: $(running | paste -sd' ')" >&2
kill -KILL "$(cat "$place/slurmd.pid")"
for process in $(pgrep -f "slurmstepd: \[" || true) $(pgrep -f -- "--output $place/many.zarr" || true); do
    # Only those of this test: the environment names its configuration.
    if tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | grep -qx "SLURM_CONF=$place/slurm.conf"; then
        kill -KILL "$process" || true
    fi
done
down() { sinfo -h -o %T | grep -Eq 'down|not_responding|\*'; }
await "the loss to be noticed" down
gone() { [ -z "$(running)" ]; }
await "its elements to be queued again" gone
/usr/sbin/slurmd -f "$SLURM_CONF"

finished() { [ -z "$(squeue -h -r -o %i)" ]; }
await "the job" finished

if ! "$ddim" check "$place/many.zarr" --shards 16; then
    # It fails, as not all is there.
    report=$("$ddim" check "$place/many.zarr" --shards 16 --json 2>/dev/null || true)
    again=$(sed -n 's/.*"again": "\(.*\)".*/\1/p' <<<"$report")
    echo "== submitting again: --array=$again" >&2
    DDIM_SHARDS=16 submit --array="$again"
    await "the job" finished
fi

one=$("$ddim" check "$place/one.zarr" --json | grep '"hash"')
many=$("$ddim" check "$place/many.zarr" --json | grep '"hash"')
echo "one process $one" >&2
echo "16 elements $many" >&2
[ "$one" = "$many" ] || { echo "slurm-test.sh: the hashes differ" >&2; exit 1; }
echo "restarts: $(scontrol -o show job | grep -o 'Restarts=[1-9][0-9]*' | wc -l) elements" >&2
