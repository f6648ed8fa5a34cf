package nanochat.explain;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// What was found out lately and does not depend on what a reader changes, so that it is there at once when he changes something else. For any number of
/// threads.
final class Recent<K, V> {
    private final int most;
    private final Map<K, V> values = new LinkedHashMap<>(16, 0.75f, true);

    /// @param most values that are kept
    Recent(int most) {
        this.most = most;
    }

    /// The value of a key, found when it is not known. Two threads that do not know it both find it.
    V of(K key, Supplier<V> find) {
        return known(key).orElseGet(() -> {
            V found = find.get();
            keep(key, found);
            return found;
        });
    }

    /// Nothing is known any more.
    synchronized void forget() {
        values.clear();
    }

    synchronized Optional<V> known(K key) {
        return Optional.ofNullable(values.get(key));
    }

    private synchronized void keep(K key, V value) {
        values.put(key, value);
        if (values.size() > most) {
            values.remove(values.keySet().iterator().next());
        }
    }
}
