package nanochat.task;

/// Says how much an answer is worth. A class of one's own is found by `java.util.ServiceLoader`: a jar with it has its name in
/// `META-INF/services/nanochat.task.Reward`, and it has a public constructor without parameters (docs/rewards.md).
@FunctionalInterface
public interface Reward extends AutoCloseable {
    /// @return any finite number; only differences between answers to one question matter
    double of(Attempt attempt);

    /// By which a resumed run knows that it is still the same reward.
    default String name() {
        return getClass().getName();
    }

    /// Ends what it holds, if anything. There are no attempts then.
    @Override
    default void close() {
    }
}
