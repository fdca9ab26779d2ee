# Ends what the starter leaves behind when the starter itself is killed and can end nothing any more.
#
# Standard input is a pipe that only the starter holds open: "+pid" and "-pid" tell which process groups run. The end
# of the pipe means that the starter is gone, however it went, and whatever still runs is ended, last started first, as
# the starter would have done. (Linux has PDEATHSIG for this; other systems do not.)

trap '' HUP INT TERM

# Whether a process still runs; a dead one that nobody has collected yet does not.
runs() {
  kill -s 0 "$1" 2>/dev/null || return 1
  [ -r "/proc/$1/stat" ] || return 0
  read -r stat <"/proc/$1/stat" || return 1
  case $stat in *') Z '*) return 1 ;; esac
}

running=
while read -r line; do
  pid=${line#?}
  case $line in
    +*) running="$pid $running" ;;
    -*)
      kept=
      for other in $running; do [ "$other" = "$pid" ] || kept="$kept $other"; done
      running=$kept
      ;;
  esac
done

for pid in $running; do
  kill -s TERM "$pid" 2>/dev/null
  tries=0
  while runs "$pid" && [ $tries -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -s KILL -- "-$pid" 2>/dev/null
done
