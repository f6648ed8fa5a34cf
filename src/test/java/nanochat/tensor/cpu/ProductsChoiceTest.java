package nanochat.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;

/// Oracle: the documentation of [CpuBackend]. A machine that oneDNN does not load on is stood in for by a factory that fails as on one.
class ProductsChoiceTest {
    private static final String REASON = "oneDNN does not load on Plan 9: the class path has no libdnnl";

    private final List<String> messages = new ArrayList<>();
    private final ProductsChoice without = new ProductsChoice(scratch -> {
        throw new OneDnn.NativeException(REASON);
    }, messages::add);

    private Products create(String wanted) {
        return without.create(Optional.of(wanted).filter(value -> !value.isEmpty()), new Scratch[0]);
    }

    @Test
    void theFallbackIsSaidOnceAndInOneLine() {
        assertThat(create("")).isInstanceOf(VectorProducts.class);
        assertThat(create("")).isInstanceOf(VectorProducts.class);
        assertThat(messages).singleElement().asString().startsWith(REASON).contains("Vector API", "slower").doesNotContain("\n");
    }

    @Test
    void whatWasAskedForNeedsNoMessage() {
        assertThat(create("vector")).isInstanceOf(VectorProducts.class);
        assertThat(messages).isEmpty();
    }

    @Test
    void nothingStandsInForAnExplicitOneDnn() {
        assertThatThrownBy(() -> create("onednn")).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("nanochat.products", REASON);
        assertThat(messages).isEmpty();
    }

    @Test
    void anUnknownNameIsAnError() {
        assertThatThrownBy(() -> create("mkl")).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("nanochat.products", "mkl", "vector", "onednn");
    }
}
