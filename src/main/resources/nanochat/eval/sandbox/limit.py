# Sets the limits of a program and becomes it.
# Arguments: its folder, the user to become (or nothing), seconds by the clock, seconds of processor time, bytes of address space, bytes of
# a file, open files. It finds `start` written to descriptor 3, and writes `done` there when it has come to its end.
import os
import resource
import signal
import sys

folder, user = sys.argv[1:3]
wall, cpu, memory, file_size, open_files = map(int, sys.argv[3:])

os.dup2(2, 3)
os.dup2(1, 2)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.setsid()
if user:
    os.chown(folder, int(user), int(user))
    os.setgroups([])
    os.setgid(int(user))
    os.setuid(int(user))
os.chdir(folder)
os.umask(0o077)

limits = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_CPU: cpu,
    resource.RLIMIT_AS: memory,
    resource.RLIMIT_FSIZE: file_size,
    resource.RLIMIT_NOFILE: open_files,
    # of this user: with one there already, no process and no thread can be started
    resource.RLIMIT_NPROC: 1,
}
for limit, value in limits.items():
    # at the hard limit of processor time comes SIGKILL, which tells no reason; a second before it SIGXCPU
    hard = value + 1 if limit == resource.RLIMIT_CPU else value
    try:
        resource.setrlimit(limit, (value, hard))
    except (ValueError, OSError):
        # macOS does not limit address space
        if sys.platform != "darwin" or limit != resource.RLIMIT_AS:
            raise
# outlives the JVM: a program whose starter was killed ends all the same
signal.alarm(wall)

os.write(3, b"start\n")
os.execve(sys.executable, [sys.executable, "program.py"], {
    "HOME": folder,
    "TMPDIR": folder,
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
})
