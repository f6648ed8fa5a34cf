package nanochat.cli;

import picocli.CommandLine.Command;

/// `nanochat bench`.
@Command(name = "bench", description = "Measure how fast the parts are on this machine.", subcommands = {BenchMachineCommand.class,
    BenchTokenizerCommand.class, BenchDataCommand.class, BenchTrainCommand.class, BenchInferCommand.class, BenchServeCommand.class})
public final class BenchCommand {}
