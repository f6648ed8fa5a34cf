package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// A small command, given its options first on the command line, then out of a checkpoint.
class SavedOptionsTest {
    @Command(name = "cook", mixinStandardHelpOptions = true)
    private static final class Cook implements Runnable {
        @Option(names = "--minutes", defaultValue = "5")
        private int minutes;
        @Option(names = "--pot-size", defaultValue = "2.5")
        private double potSize;
        @Option(names = "--dish")
        private Optional<String> dish = Optional.empty();
        @Option(names = "--herbs", arity = "1..*", defaultValue = "salt")
        private List<String> herbs = List.of();
        @Option(names = "--data", arity = "1..*", defaultValue = "builtin")
        private List<String> data = List.of();
        @Option(names = "--book")
        private Optional<Path> book = Optional.empty();
        @Option(names = "--lid")
        private boolean lid;

        @Override
        public void run() {
            // only its options matter
        }
    }

    private static CommandLine parsed(String... arguments) {
        CommandLine command = new CommandLine(new Cook());
        command.parseArgs(arguments);
        return command;
    }

    private static Cook restored(Map<String, String> saved, String... arguments) {
        CommandLine command = parsed(arguments);
        SavedOptions.restore(command.getCommandSpec(), saved);
        return command.getCommand();
    }

    @Test
    void valuesWithTheSeparatorInThemStayWhole() {
        Map<String, String> saved = SavedOptions.of(parsed("--herbs", "a" + File.pathSeparator + "b", "[\"c").getCommandSpec());
        assertThat(restored(saved).herbs).containsExactly("a" + File.pathSeparator + "b", "[\"c");
    }

    @Test
    void valuesAreSavedGivenOrDefaultAndSwitchesAreNot() {
        assertThat(SavedOptions.of(parsed("--minutes", "7", "--lid").getCommandSpec()))
                .isEqualTo(Map.of("minutes", "7", "pot_size", "2.5", "herbs", "salt", "data", "builtin"));
    }

    /// The working folder of a test cannot be changed: `pom.xml` and `src` are in it.
    @Test
    void pathsAreKeptSoThatTheyMeanTheSameInAnotherFolder() {
        String here = Path.of("").toAbsolutePath().toString();
        assertThat(SavedOptions.of(parsed("--book", "pom.xml", "--data", "builtin,mmlu,pom.xml").getCommandSpec()))
                .containsEntry("book", here + "/pom.xml").containsEntry("data", "builtin,mmlu," + here + "/pom.xml");
        Map<String, String> saved = SavedOptions.of(parsed("--data", "builtin,mmlu:3,src:2").getCommandSpec());
        assertThat(restored(saved).data).containsExactly("builtin,mmlu:3," + here + "/src:2");
        assertThat(SavedOptions.of(parsed("--data", "pom.xml", "src", "/tmp", "there is none").getCommandSpec()))
                .containsEntry("data", here + "/pom.xml:" + here + "/src:/tmp:there is none");
        assertThat(SavedOptions.of(parsed("--data", "climbmix").getCommandSpec())).containsEntry("data", "climbmix");
    }

    @Test
    void whatIsNotGivenComesFromWhatWasSaved() {
        Map<String, String> saved = SavedOptions.of(
                parsed("--minutes", "7", "--pot-size", "4", "--dish", "soup", "--herbs", "dill", "mint").getCommandSpec());
        Cook cook = restored(saved, "--minutes", "9", "--lid");
        assertThat(cook.minutes).isEqualTo(9);
        assertThat(cook.potSize).isEqualTo(4);
        assertThat(cook.dish).contains("soup");
        assertThat(cook.herbs).containsExactly("dill", "mint");
        assertThat(cook.lid).isTrue();
    }

    @Test
    void aListThatIsGivenReplacesTheSavedOne() {
        assertThat(restored(Map.of("herbs", "dill:mint"), "--herbs", "sage", "thyme").herbs).containsExactly("sage", "thyme");
    }

    @Test
    void whatWasSavedByAnOlderProgramAndIsNoOptionAnyMoreIsLeftOut() {
        assertThat(restored(Map.of("spoons", "3"), "--minutes", "9").minutes).isEqualTo(9);
    }
}
