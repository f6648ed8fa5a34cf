package nanochat.tensor;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;

/// A backend that lets another one work and counts the calls of each operation.
public final class CountedCalls {
    private final Map<String, Integer> calls = new TreeMap<>();
    private final Backend backend;

    public CountedCalls(Backend counted) {
        backend = (Backend) Proxy.newProxyInstance(Backend.class.getClassLoader(), new Class<?>[]{Backend.class}, (_, method,
                arguments) -> {
            calls.merge(method.getName(), 1, Integer::sum);
            try {
                return method.invoke(counted, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    public Backend backend() {
        return backend;
    }

    public void reset() {
        calls.clear();
    }

    /// How often each operation of the backward pass was asked for.
    public Map<String, Integer> ofBackwardPass() {
        Map<String, Integer> backward = new TreeMap<>(calls);
        backward.keySet().removeIf(name -> !name.contains("Backward"));
        return backward;
    }

    /// How often an operation was asked for.
    public int of(String operation) {
        return calls.getOrDefault(operation, 0);
    }
}
