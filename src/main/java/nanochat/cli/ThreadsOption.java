package nanochat.cli;

import picocli.CommandLine.Option;

/// How many threads compute.
final class ThreadsOption {
    @Option(names = "--threads", defaultValue = "0", paramLabel = "N", description = "Threads that compute; 0: one for each processor.")
    private int threads;

    int count() {
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }
}
