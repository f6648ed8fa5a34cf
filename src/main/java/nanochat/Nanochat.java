package nanochat;

import static nanochat.cli.Chapter.command;

import java.util.List;
import nanochat.cli.BenchCommand;
import nanochat.cli.Chapter;
import nanochat.cli.ChatCommand;
import nanochat.cli.CommandRunner;
import nanochat.cli.CompareCommand;
import nanochat.cli.DashboardCommand;
import nanochat.cli.DataCommand;
import nanochat.cli.DpoCommand;
import nanochat.cli.EvalCommand;
import nanochat.cli.ExplainCommand;
import nanochat.cli.FillCommand;
import nanochat.cli.MergeCommand;
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
@Command(name = "nanochat", description = "The whole road of a language model, from text to chat, on your machine.", synopsisSubcommandLabel = "COMMAND", scope = ScopeType.INHERIT, mixinStandardHelpOptions = true, showDefaultValues = true, usageHelpAutoWidth = true, sortOptions = false)
public final class Nanochat {
    static final List<Chapter> ROAD = List.of(
            new Chapter("The whole road at once", command("speedrun", SpeedrunCommand.class)),
            new Chapter("From text to tokens", command("tokenizer", TokenizerCommand.class), command("data", DataCommand.class)),
            new Chapter("From tokens to a model", command("pretrain", PretrainCommand.class), command("fill", FillCommand.class)),
            new Chapter("From a model to a conversation", command("sft", SftCommand.class), command("merge", MergeCommand.class), command(
                    "rl", RlCommand.class),
                    command("dpo", DpoCommand.class), command("chat", ChatCommand.class), command("serve", ServeCommand.class)),
            new Chapter("How well it does", command("eval", EvalCommand.class), command("compare", CompareCommand.class), command("report",
                    ReportCommand.class), command("dashboard",
                            DashboardCommand.class), command("selftest",
                                    SelftestCommand.class), command("bench", BenchCommand.class)),
            new Chapter("What happens inside", command("explain", ExplainCommand.class)));

    Nanochat() {
    }

    /// Runs one command and exits: 0 done, 1 bad input or failed checks, 2 wrong usage, 70 an error in the program.
    public static void main(String[] arguments) {
        System.exit(new CommandRunner(new Nanochat(), ROAD).run(arguments));
    }
}
