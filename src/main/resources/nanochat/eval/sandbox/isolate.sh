# Makes a file system of its own and runs a command in it, as the first process of fresh namespaces (see NamespaceIsolation).
# Arguments: the folder to mount it on, the user to become (or nothing), folders to show separated by colons, the command.
# Standard input is the program; it becomes /work/program.py, the only file that is not read-only beside what the program writes there.
set -e
root=$1 user=$2 folders=$3
shift 3

show() {
    mount --bind "$1" "$root$1"
    mount -o remount,bind,ro,nosuid,nodev "$root$1"
}

mount -t tmpfs -o size=1m,mode=755 root "$root"
IFS=:
for folder in $folders; do
    mkdir -p "$root$folder"
    show "$folder"
done
unset IFS
for folder in /bin /sbin /lib /lib32 /lib64; do
    if [ -L "$folder" ]; then
        ln -s "$(readlink "$folder")" "$root$folder"
    elif [ -d "$folder" ]; then
        mkdir "$root$folder"
        show "$folder"
    fi
done
mkdir "$root/dev" "$root/etc" "$root/work"
if [ -e /etc/ld.so.cache ]; then
    : > "$root/etc/ld.so.cache"
    show /etc/ld.so.cache
fi
for device in null zero random urandom; do
    : > "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t tmpfs -o "size=64m,nr_inodes=4096,mode=700${user:+,uid=$user,gid=$user}" work "$root/work"
mount -o remount,bind,ro "$root"
cat > "$root/work/program.py"

# Not exec: when this shell, the first process, ends, the system ends every other one in the namespace. Without privileges to gain, no
# user namespace can be made inside either: that is denied to whoever lives in another root folder.
chroot "$root" setpriv ${user:+--reuid=$user --regid=$user --clear-groups} --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
