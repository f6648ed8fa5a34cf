package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The oracle: what a person would say was meant, and textbook edit distances.
class NearestNameTest {
    private static final List<String> OPTIONS = List.of("--depth", "--max-seq-len", "--device-batch-size", "--total-batch-size", "--dtype",
            "--help");

    @Test
    void aSlipOfTheFingerIsForgiven() {
        assertThat(NearestName.of("--detph", OPTIONS)).contains("--depth");
        assertThat(NearestName.of("--device-batchsize", OPTIONS)).contains("--device-batch-size");
        assertThat(NearestName.of("--max_seq_len", OPTIONS)).contains("--max-seq-len");
    }

    @Test
    void anAbbreviationIsCompleted() {
        assertThat(NearestName.of("--total", OPTIONS)).contains("--total-batch-size");
    }

    @Test
    void somethingElseAltogetherHasNoNearestName() {
        assertThat(NearestName.of("--watermelon-colour", OPTIONS)).isEmpty();
        assertThat(NearestName.of("--depth", List.of())).isEmpty();
    }

    @Test
    void distancesAreLevenshteins() {
        assertThat(NearestName.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(NearestName.distance("", "abc")).isEqualTo(3);
        assertThat(NearestName.distance("saturday", "sunday")).isEqualTo(3);
        assertThat(NearestName.distance("same", "same")).isZero();
    }
}
