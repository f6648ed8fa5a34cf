package nanochat.data;

import java.util.Optional;
import java.util.function.Supplier;

/// A value that takes a while to compute and may not be needed: computed when it is first asked for. Safe for any number of threads.
final class OnceComputed<T> {
    private final Supplier<T> computation;
    private Optional<T> value = Optional.empty();

    OnceComputed(Supplier<T> computation) {
        this.computation = computation;
    }

    synchronized T get() {
        T present = value.orElseGet(computation);
        value = Optional.of(present);
        return present;
    }
}
