package nanochat.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Oracle: the whole text, cut where the first stop string begins that is complete first.
class StopStringsTest {
    private static String cut(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String read = text.substring(0, end);
            int first = stops.stream().mapToInt(read::indexOf).filter(place -> place >= 0).min().orElse(-1);
            if (first >= 0) {
                return read.substring(0, first);
            }
        }
        return text;
    }

    @Test
    void theTextEndsBeforeAStopStringHoweverItIsCutIntoPieces() {
        Random random = new Random(5);
        for (int round = 0; round < 3000; round++) {
            List<String> stops = IntStream.range(0, random.nextInt(4)).mapToObj(_ -> word(random, 1 + random.nextInt(4))).toList();
            String text = word(random, random.nextInt(30));
            StopStrings watcher = new StopStrings(stops);
            StringBuilder out = new StringBuilder();
            for (int at = 0; at < text.length();) { // letter by letter: the oracle sees ends in this order, too
                out.append(watcher.accept(text.substring(at, at + 1)));
                at++;
                assertThat(cut(text, stops)).as("nothing comes out that is taken back").startsWith(out);
            }
            out.append(watcher.flush());
            assertThat(out.toString()).as("%s in %s", stops, text).isEqualTo(cut(text, stops));
            assertThat(watcher.stopped()).isEqualTo(stops.stream().anyMatch(text::contains));
        }
    }

    @Test
    void onlyWhatMayBeTheBeginningOfAStopStringIsHeldBack() {
        StopStrings watcher = new StopStrings(List.of("\n\n", "User:"));
        assertThat(watcher.accept("Hello.\n")).isEqualTo("Hello.");
        assertThat(watcher.accept("Use")).isEqualTo("\n");
        assertThat(watcher.accept("ful: U")).isEqualTo("Useful: ");
        assertThat(watcher.accept("ser: no")).isEmpty();
        assertThat(watcher.stopped()).isTrue();
        assertThat(watcher.accept("more")).isEmpty();
        assertThat(watcher.flush()).isEmpty();
    }

    private static String word(Random random, int length) {
        return random.ints(length, 'a', 'd').collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }
}
