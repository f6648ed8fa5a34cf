package nanochat.cli;

import picocli.CommandLine.Command;

/// `nanochat data`.
@Command(name = "data", description = "Look at the training data and repackage it.", subcommands = {DataInspectCommand.class,
    DataPackCommand.class})
public final class DataCommand {}
