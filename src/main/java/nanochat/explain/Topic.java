package nanochat.explain;

import java.util.List;
import nanochat.model.GptConfig;

/// A question that learners ask, and how it is answered. All words are in the bundles `explain/en` and `explain/zh`, in a file of the topic's name;
/// the keys `question` and `title` are there for every topic, and `knob.NAME` for every knob.
///
/// To add one: a class like the others, a line in [Topics], and its two files of words.
public interface Topic {
    /// In a command, an address and the name of its files: `kv-cache`.
    String name();

    /// What a reader can change.
    List<Knob> knobs();

    /// What a reader can change where it is shown on a model of this shape: there are no more layers than it has.
    default List<Knob> knobs(GptConfig config) {
        return knobs();
    }

    /// Works out the answer on the subject and writes it down. Takes seconds at most.
    ///
    /// @throws nanochat.io.BadInputException when what the reader chose cannot be shown; the message says what can
    void explain(Subject subject, Knobs chosen, Explanation explanation);
}
