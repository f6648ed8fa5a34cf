package nanochat.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Which queries see a key, against which keys a query sees.
class AttentionShapeTest {
    static Stream<Visibility> visibilities() {
        return Stream.of(new Visibility.Causal(0), new Visibility.Causal(3), new Visibility.Causal(Integer.MAX_VALUE),
                new Visibility.BothDirections(), new Visibility.Prefix(List.of(0, 9)), new Visibility.Prefix(List.of(4, 1)),
                new Visibility.AfterMemory(0, true, 5), new Visibility.AfterMemory(6, true, 2), new Visibility.AfterMemory(6, false, 7),
                new Visibility.AfterMemory(3, false, Integer.MAX_VALUE),
                new Visibility.Blocks(1), new Visibility.Blocks(3), new Visibility.Blocks(4), new Visibility.Blocks(20),
                new Visibility.WholeAfterMemory(
                        0), new Visibility.WholeAfterMemory(5));
    }

    @ParameterizedTest
    @MethodSource("visibilities")
    void queriesOfAKeyAreThoseWhoseRangeHoldsIt(Visibility visibility) {
        AttentionShape shape = new AttentionShape(2, 9, 1, 1, 1, visibility);
        for (int batch = 0; batch < 2; batch++) {
            int row = batch;
            for (int key = 0; key < shape.keys(); key++) {
                int each = key;
                int[] seeing = IntStream.range(0, 9).filter(query -> shape.firstKey(query) <= each && each < shape.endKey(row, query))
                        .toArray();
                assertThat(IntStream.range(shape.firstQuery(row, key), shape.endQuery(key)).toArray()).as("key %d of row %d", key, row)
                        .isEqualTo(seeing);
            }
        }
    }
}
