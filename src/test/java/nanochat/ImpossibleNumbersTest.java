package nanochat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import nanochat.cli.Chapter;
import nanochat.cli.CommandRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// Every option of every command that takes a number is given what is none, or none that it can hold: each is refused, with its name, before anything
/// runs. An option that no command has stands behind it, so that nothing would run even then.
class ImpossibleNumbersTest {
    private static final Set<Class<?>> WHOLE = Set.of(int.class, Integer.class, long.class, Long.class);
    private static final Set<Class<?>> REAL = Set.of(double.class, Double.class, float.class, Float.class);
    private static final List<String> NEVER_WHOLE = List.of("99999999999999999999", "-99999999999999999999", "1e308", "1.5", "NaN",
            "Infinity",
            "");
    private static final List<String> NEVER_REAL = List.of("NaN", "Infinity", "-Infinity", "1e999", "many", "");

    /// An option and the words that lead to it.
    private record Place(List<String> command, String option, List<String> impossible) {
        @Override
        public String toString() {
            return String.join(" ", command) + " " + option;
        }
    }

    static Stream<Place> places() {
        List<Place> places = new ArrayList<>();
        for (Chapter chapter : Nanochat.ROAD) {
            chapter.commands().forEach(entry -> collect(List.of(entry.name()), new CommandLine(entry.type()), places));
        }
        return places.stream();
    }

    private static void collect(List<String> words, CommandLine command, List<Place> places) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            Class<?> type = option.typeInfo().getAuxiliaryTypes()[0];
            if (WHOLE.contains(type)) {
                places.add(new Place(words, option.longestName(), NEVER_WHOLE));
            } else if (REAL.contains(type)) {
                places.add(new Place(words, option.longestName(), NEVER_REAL));
            }
        }
        command.getSubcommands().forEach((name, below) -> {
            List<String> longer = new ArrayList<>(words);
            longer.add(name);
            collect(longer, below, places);
        });
    }

    @ParameterizedTest
    @MethodSource("places")
    void anImpossibleNumberIsRefusedWithTheOptionItWasGivenTo(Place place) {
        for (String value : place.impossible) {
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            List<String> arguments = new ArrayList<>(place.command);
            arguments.add(place.option + "=" + value);
            arguments.add("--no-such-option");
            int code = new CommandRunner(new Nanochat(), Nanochat.ROAD, new PrintWriter(out, true), new PrintWriter(err, true))
                    .run(arguments.toArray(String[]::new));
            assertThat(code).as("%s=%s: %s", place, value, err).isEqualTo(2);
            assertThat(err.toString()).as("%s=%s", place, value).contains(place.option).doesNotContain("no-such-option", "\tat ");
        }
    }

    @Test
    void theOptionsOfAllKindsOfCommandsAreAmongThem() {
        assertThat(places().map(Place::toString)).contains("pretrain --depth", "bench data --seconds", "chat --temperature",
                "sft --num-iterations", "dpo --beta", "bench infer --batch-sizes", "tokenizer train --vocab-size");
    }
}
