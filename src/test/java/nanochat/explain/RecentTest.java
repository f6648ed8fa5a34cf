package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentTest {
    private final List<String> found = new ArrayList<>();
    private final Recent<String, Integer> lengths = new Recent<>(2);

    private int length(String text) {
        return lengths.of(text, () -> {
            found.add(text);
            return text.length();
        });
    }

    @Test
    void whatIsKnownIsNotFoundAgain() {
        assertThat(length("one")).isEqualTo(3);
        assertThat(length("one")).isEqualTo(3);
        assertThat(found).containsExactly("one");
        lengths.forget();
        assertThat(lengths.known("one")).isEmpty();
        assertThat(length("one")).isEqualTo(3);
        assertThat(found).containsExactly("one", "one");
    }

    @Test
    void whatWasAskedForLongestAgoGoesFirst() {
        length("one");
        length("three");
        length("one");
        length("seven");
        assertThat(lengths.known("three")).isEmpty();
        assertThat(lengths.known("one")).contains(3);
        assertThat(lengths.known("seven")).contains(5);
    }
}
