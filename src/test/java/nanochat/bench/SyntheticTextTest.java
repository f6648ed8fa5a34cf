package nanochat.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Oracle: what the text promises: the seed decides it, and its words follow Zipf's law with a long tail.
class SyntheticTextTest {
    private static final Pattern WORD = Pattern.compile("\\p{L}+");

    @Test
    void theSeedDecidesEveryCharacter() {
        assertThat(read(3, 100_000)).isEqualTo(read(3, 100_000)).isNotEqualTo(read(4, 100_000));
        assertThat(read(3, 200_000)).startsWith(read(3, 100_000).toArray(String[]::new));
    }

    @Test
    void thereIsAsMuchOfItAsAskedFor() {
        long characters = read(1, 1_000_000).stream().mapToLong(String::length).sum();
        assertThat(characters).isBetween(1_000_000L, 1_010_000L);
    }

    @Test
    void fewWordsAreFrequentAndManyOccurOnce() {
        Map<String, Integer> counts = new HashMap<>();
        for (String document : read(1, 1_000_000)) {
            WORD.matcher(document).results().forEach(word -> counts.merge(word.group(), 1, Integer::sum));
        }
        long words = counts.values().stream().mapToLong(Integer::intValue).sum();
        long inTheHundredMostFrequent = counts.values().stream().sorted((a, b) -> b - a).limit(100).mapToLong(Integer::intValue).sum();
        assertThat(inTheHundredMostFrequent).isBetween(words / 4, words / 2);
        assertThat(counts.values().stream().filter(count -> count == 1).count()).isGreaterThan(counts.size() / 3);
    }

    private static List<String> read(long seed, long characters) {
        List<String> documents = new ArrayList<>();
        new SyntheticText(seed, characters).forEachRemaining(documents::add);
        return documents;
    }
}
