package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import nanochat.io.BadInputException;
import nanochat.train.PolicyRecipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// A small program with one command of each kind of ending; the oracle is what its user should read, and the exit code.
class CommandRunnerTest {
    @Command(name = "program", description = "A program.", mixinStandardHelpOptions = true, showDefaultValues = true, scope = ScopeType.INHERIT)
    static final class Root {}

    @Command(name = "group", description = "Groups others.", subcommands = Leaf.class)
    static final class Group {}

    @Command(name = "leaf", description = "Does nothing.")
    static final class Leaf implements Runnable {
        @Override
        public void run() {
        }
    }

    @Command(name = "refuse", description = "Refuses its input.")
    static final class Refuse implements Runnable {
        @Option(names = "--depth", description = "Layers.", defaultValue = "4")
        int depth;

        @Option(names = "--rate", description = "How quickly.", defaultValue = "0.5")
        double rate;

        @Option(names = "--tag", description = "The model.")
        Optional<String> tag = Optional.empty();

        @Option(names = "--recipe", description = "How.")
        Optional<PolicyRecipe> recipe = Optional.empty();

        @Option(names = "--texts", description = "Some texts.")
        List<String> texts = List.of();

        @Option(names = "--folder", description = "Where it goes.", defaultValue = "")
        String folder = "";

        @Override
        public void run() {
            throw new CompletionException(new BadInputException("The depth " + depth + " is not to my taste; try 5"));
        }
    }

    @Command(name = "crash", description = "Has an error.")
    static final class Crash implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("impossible");
        }
    }

    @Command(name = "swell", description = "Needs too much memory.")
    static final class Swell implements Runnable {
        @Option(names = "--depth", description = "Layers.", defaultValue = "4")
        int depth;

        @Override
        public void run() {
            throw new OutOfMemoryError("Java heap space");
        }
    }

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return new CommandRunner(new Root(), List.of(new Chapter("First things", Chapter.command("group", Group.class), Chapter.command(
                "refuse", Refuse.class)),
                new Chapter("Nothing yet"), new Chapter("Last things", Chapter.command("crash", Crash.class), Chapter.command("swell",
                        Swell.class))), new PrintWriter(out, true),
                new PrintWriter(err, true)).run(arguments);
    }

    @Test
    void badInputIsOneMessageAndNoStackTrace() {
        assertThat(run("refuse", "--depth", "7")).isEqualTo(1);
        assertThat(err).hasToString("error: The depth 7 is not to my taste; try 5" + System.lineSeparator());
    }

    @Test
    void debugShowsTheStackTraceWhereverItStands() {
        assertThat(run("--debug", "refuse")).isEqualTo(1);
        assertThat(run("refuse", "--debug")).isEqualTo(1);
        assertThat(err.toString().split("\tat nanochat.cli.CommandRunnerTest\\$Refuse.run", -1)).hasSize(3);
    }

    @Test
    void anErrorOfTheProgramSaysSoAndHowToSeeWhere() {
        assertThat(run("crash")).isEqualTo(70);
        assertThat(err.toString()).contains("impossible", "--debug").doesNotContain("\tat ");
    }

    @Test
    void tooLittleMemorySaysWhatNeedsLess() {
        assertThat(run("swell")).isEqualTo(1);
        assertThat(err.toString()).contains("Out of memory: Java heap space", "a smaller --depth.", "NANOCHAT_JAVA_OPTS")
                .doesNotContain("\tat ", "--max-rows").hasLineCount(1);
    }

    @Test
    void aRealNumberIsFinite() {
        assertThat(run("refuse", "--rate", "1e-39")).isEqualTo(1);
        for (String value : List.of("NaN", "Infinity", "-Infinity", "1e999", "half", "")) {
            assertThat(run("refuse", "--rate=" + value)).as(value).isEqualTo(2);
            assertThat(err.toString()).contains("--rate", "'" + value + "' is not a number");
        }
    }

    @Test
    void anUnknownOptionNamesTheNearest() {
        assertThat(run("refuse", "--detph=3")).isEqualTo(2);
        assertThat(err.toString()).contains("'program refuse' has no option '--detph'. Did you mean --depth?").contains(
                "program refuse --help");
    }

    @Test
    void anUnknownCommandNamesTheNearest() {
        assertThat(run("refsue")).isEqualTo(2);
        assertThat(err.toString()).contains("'program' has no command 'refsue'. Did you mean refuse?");
    }

    @Test
    void anArgumentTooManyIsNamed() {
        assertThat(run("refuse", "everything")).isEqualTo(2);
        assertThat(err.toString()).contains("'program refuse' does not know what to do with 'everything'.");
    }

    @Test
    void aValueOfTheWrongKindIsNamed() {
        assertThat(run("refuse", "--depth", "deep")).isEqualTo(2);
        assertThat(err.toString()).contains("--depth", "deep").doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NaN", "Infinity", "-Infinity", "1e999", "fast", ""})
    void whatIsNoNumberIsRefusedWithItsOption(String value) {
        assertThat(run("refuse", "--rate=" + value)).isEqualTo(2);
        assertThat(err.toString()).contains("--rate").doesNotContain("\tat ");
    }

    @Test
    void aGroupWithoutACommandListsItsCommands() {
        assertThat(run("group")).isEqualTo(2);
        assertThat(err.toString()).contains("program group needs one of: leaf");
        assertThat(run("group", "leaf")).isZero();
    }

    @Test
    void withoutArgumentsTheChaptersAreListedInOrder() {
        assertThat(run()).isZero();
        assertThat(out.toString()).containsSubsequence(System.lineSeparator() + "First things" + System.lineSeparator()
                + "  group   Groups others.", "  refuse  Refuses its input.",
                "Last things",
                "  crash   Has an error.").doesNotContain("Nothing yet");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void everyCommandHasHelp() {
        assertThat(run("group", "leaf", "--help")).isZero();
        assertThat(out.toString()).contains("Does nothing.", "--debug");
    }

    @Test
    void helpShowsDefaultsButNotThatOfAnOptionThatMayBeLeftOut() {
        assertThat(run("refuse", "--help")).isZero();
        assertThat(out.toString()).contains("The model.", "Some texts.", "Where it goes.", "Default: 4")
                .doesNotContain("Optional", "[]").doesNotContainPattern("Default: *\\R");
    }

    @Test
    void aConstantIsNamedWithHyphensOrUnderscoresInAnyCase() {
        for (String name : List.of("reinforce", "dr-grpo", "dr_grpo", "PPO_CLIP", "Ppo-Clip")) {
            assertThat(run("refuse", "--recipe", name)).as(name).isEqualTo(1);
        }
        assertThat(run("refuse", "--recipe", "grpo2")).isEqualTo(2);
        assertThat(err.toString()).contains(
                "Invalid value for option '--recipe': expected one of [REINFORCE, GRPO, DR_GRPO, DAPO, PPO_CLIP] (case-insensitive)"
                        + " but was 'grpo2'");
    }
}
