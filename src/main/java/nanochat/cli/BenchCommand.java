package nanochat.cli;

import picocli.CommandLine.Command;

/// `nanochat bench`.
@Command(name = "bench", description = "Measure how fast the parts are on this machine.", subcommands = {BenchTokenizerCommand.class,
    BenchDataCommand.class})
public final class BenchCommand {}
