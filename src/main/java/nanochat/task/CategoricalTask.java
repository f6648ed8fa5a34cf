package nanochat.task;

import nanochat.conversation.Conversation;

/// A graded task of multiple-choice questions. A model is measured on it by which letter it finds likeliest to begin its reply with.
public sealed interface CategoricalTask extends GradedTask permits Arc, Mmlu {
    /// The share of right answers that guessing gives.
    double CHANCE = 0.25;

    /// Its questions.
    DatasetRows<MultipleChoice> rows();

    /// Question `index`.
    default MultipleChoice question(int index) {
        return rows().row(index);
    }

    @Override
    default int size() {
        return rows().size();
    }

    @Override
    default Conversation conversation(int index) {
        return question(index).conversation();
    }

    @Override
    default String fingerprint() {
        return rows().fingerprint();
    }
}
