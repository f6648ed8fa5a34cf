package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.Setting;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// Below the command line nobody says what an option is called; messages name settings, and here they get their `--`. What the sources say
/// is read from their text.
class OptionNamesTest {
    private static final Path SOURCES = Path.of("src/main/java/nanochat");
    private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*//.*$");
    private static final Pattern STRING = Pattern.compile("\"\"\".*?\"\"\"|\"(\\\\.|[^\"\\\\\n])*\"", Pattern.DOTALL);
    private static final Pattern OPTION = Pattern.compile("(?<!-)--(?!-)");
    private static final Pattern SETTING = Pattern.compile("new Setting\\(\"(\\w+)\"\\)");

    @Test
    void aSettingOfAMessageIsCalledByItsOption() {
        BadInputException problem = BadInputException.about("%s %d is not a multiple of %s %d; see %s", new Setting("total_batch_size"), 10,
                new Setting("max_seq_len"), 3, "the manual_of_it");
        assertThat(problem.message(OptionNames::of)).isEqualTo("--total-batch-size 10 is not a multiple of --max-seq-len 3;"
                + " see the manual_of_it");
        assertThat(problem).hasMessage("total_batch_size 10 is not a multiple of max_seq_len 3; see the manual_of_it");
        assertThat(new BadInputException("100% of max_seq_len").message(OptionNames::of)).isEqualTo("100% of max_seq_len");
    }

    @Test
    void everySettingIsAnOption() throws IOException {
        List<CommandLine> commands = Stream.of(new PretrainCommand(), new SftCommand(), new RlCommand(), new DpoCommand(),
                new ReportCommand(), new ChatCommand(), new ServeCommand(), new DashboardCommand(), new SpeedrunCommand(),
                new CompareCommand())
                .map(CommandLine::new).toList();
        List<String> settings = new ArrayList<>();
        for (Path source : sources("")) {
            SETTING.matcher(Files.readString(source)).results().map((MatchResult setting) -> setting.group(1)).forEach(settings::add);
        }
        assertThat(settings).contains("num_iterations", "dollars_per_hour").allSatisfy(name -> assertThat(commands)
                .anySatisfy(command -> assertThat(command.getCommandSpec().findOption(OptionNames.of(new Setting(name)))).isNotNull()));
    }

    @Test
    void trainingAndReportsDoNotKnowTheCommandLine() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path source : Stream.concat(sources("train").stream(), sources("report").stream()).toList()) {
            options(Files.readString(source)).forEach(option -> wrong.add(source + ": " + option));
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void optionsAreFoundInStringsOnly() {
        assertThat(options("""
                /// Of `--depth`, "--seed".
                int i = 3; i--; // "--ignored" is only found where a line of code precedes it
                String rule = "---" + "|---|" + "a -- b" + "Raise --steps";
                """)).containsExactly("\"--ignored\"", "\"a -- b\"", "\"Raise --steps\"");
    }

    private static List<String> options(String source) {
        return STRING.matcher(COMMENT.matcher(source).replaceAll("")).results().map(MatchResult::group)
                .filter(literal -> OPTION.matcher(literal).find()).toList();
    }

    private static List<Path> sources(String of) throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES.resolve(of))) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).as("sources of %s", of).isNotEmpty();
            return sources;
        }
    }
}
