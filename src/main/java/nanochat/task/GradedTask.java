package nanochat.task;

/// A task whose questions have right answers, so that a model can be measured by it.
public sealed interface GradedTask extends Task permits GenerativeTask, CategoricalTask, Dialogues {
    /// What people and results call it.
    String name();
}
