package nanochat.cli;

import picocli.CommandLine.Command;

/// `nanochat data`.
@Command(name = "data", description = "Fetch public data, look at the training data, repackage it.", subcommands = {
    DataDownloadCommand.class, DataInspectCommand.class, DataPackCommand.class})
public final class DataCommand {}
