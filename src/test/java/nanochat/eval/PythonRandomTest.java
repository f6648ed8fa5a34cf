package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// The oracle: CPython 3.11, recorded in core/random.json by core/write.py.
class PythonRandomTest {
    private static final int BITS_DRAWN = 33;

    static Stream<JsonNode> recorded() throws IOException {
        try (InputStream in = Objects.requireNonNull(PythonRandomTest.class.getResourceAsStream("/core/random.json"))) {
            return Json.LINE.readTree(in).valueStream();
        }
    }

    private static List<Integer> integers(JsonNode numbers) {
        return numbers.valueStream().map(JsonNode::asInt).toList();
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void drawsAreThoseOfPython(JsonNode python) {
        PythonRandom random = new PythonRandom(python.get("seed").asLong());
        for (JsonNode number : python.get("random")) {
            assertThat(random.random()).isEqualTo(number.asDouble());
        }
        for (int count = 0; count < BITS_DRAWN; count++) {
            assertThat(Integer.toUnsignedLong(random.bits(count))).as("%d bits", count).isEqualTo(python.get("bits").get(count).asLong());
        }
        List<Long> many = IntStream.range(0, 700).mapToObj(_ -> Integer.toUnsignedLong(random.bits(32))).toList();
        assertThat(many.subList(697, 700)).isEqualTo(python.get("after_many").valueStream().map(JsonNode::asLong).toList());
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void ordersAreThoseOfPython(JsonNode python) {
        for (JsonNode order : python.get("shuffled")) {
            List<Integer> list = new ArrayList<>(IntStream.range(0, order.size()).boxed().toList());
            new PythonRandom(python.get("seed").asLong()).shuffle(list);
            assertThat(list).isEqualTo(integers(order));
        }
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void choicesAreThoseOfPythonWhetherItCopiesThePopulationOrNot(JsonNode python) {
        for (JsonNode sample : python.get("samples")) {
            int[] chosen = new PythonRandom(python.get("seed").asLong()).sample(sample.get("size").asInt(), sample.get("count").asInt());
            assertThat(chosen).as("%s of %s", sample.get("count"), sample.get("size"))
                    .containsExactly(integers(sample.get("chosen")).stream().mapToInt(i -> i).toArray());
        }
    }

    @Test
    void moreThanThereAreCannotBeChosen() {
        assertThatThrownBy(() -> new PythonRandom(1).sample(3, 4)).isInstanceOf(IllegalArgumentException.class);
    }
}
