package nanochat;

import java.util.List;
import nanochat.cli.BenchCommand;
import nanochat.cli.Chapter;
import nanochat.cli.ChatCommand;
import nanochat.cli.CommandRunner;
import nanochat.cli.CommandVersion;
import nanochat.cli.DataCommand;
import nanochat.cli.DpoCommand;
import nanochat.cli.EvalCommand;
import nanochat.cli.PretrainCommand;
import nanochat.cli.ReportCommand;
import nanochat.cli.RlCommand;
import nanochat.cli.SelftestCommand;
import nanochat.cli.ServeCommand;
import nanochat.cli.SftCommand;
import nanochat.cli.SpeedrunCommand;
import nanochat.cli.TokenizerCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/// The root command. Its chapters are the table of contents of the program, in the order of the road from text to chat.
@Command(name = "nanochat", description = "The whole road of a language model, from text to chat, on your machine.", synopsisSubcommandLabel = "COMMAND", versionProvider = CommandVersion.class, scope = ScopeType.INHERIT, mixinStandardHelpOptions = true, showDefaultValues = true, usageHelpAutoWidth = true, sortOptions = false)
public final class Nanochat {
    private static final List<Chapter> ROAD = List.of(
            new Chapter("The whole road at once", SpeedrunCommand.class),
            new Chapter("From text to tokens", TokenizerCommand.class, DataCommand.class),
            new Chapter("From tokens to a model", PretrainCommand.class),
            new Chapter("From a model to a conversation", SftCommand.class, RlCommand.class, DpoCommand.class, ChatCommand.class,
                    ServeCommand.class),
            new Chapter("How well it does", EvalCommand.class, ReportCommand.class, SelftestCommand.class, BenchCommand.class));

    private Nanochat() {
    }

    /// Runs one command and exits: 0 done, 1 bad input or failed checks, 2 wrong usage, 70 an error in the program.
    public static void main(String[] arguments) {
        System.exit(new CommandRunner(new Nanochat(), ROAD).run(arguments));
    }
}
