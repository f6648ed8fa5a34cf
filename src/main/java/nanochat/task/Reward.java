package nanochat.task;

/// Says how much an answer is worth. A class of one's own is found by `java.util.ServiceLoader`: a jar with it has its name in
/// `META-INF/services/nanochat.task.Reward`, and it has a public constructor without parameters.
@FunctionalInterface
public interface Reward {
    /// @return any finite number; only differences between answers to one question matter
    double of(Attempt attempt);
}
