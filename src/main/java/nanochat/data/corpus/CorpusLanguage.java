package nanochat.data.corpus;

import java.util.Arrays;
import java.util.Optional;

/// The languages of the built-in texts.
public enum CorpusLanguage {
    /// English.
    EN("builtin"),
    /// Chinese, in simplified characters.
    ZH("builtin-zh"),
    /// Both in turn; the reply to a question is in the language of the question.
    BOTH("builtin-both");

    private final String dataName;

    CorpusLanguage(String dataName) {
        this.dataName = dataName;
    }

    /// What these texts are called among sources of data: `builtin` for the English ones.
    public String dataName() {
        return dataName;
    }

    /// The language that a name of data means; empty where it is no name of built-in texts.
    public static Optional<CorpusLanguage> named(String data) {
        return Arrays.stream(values()).filter(language -> language.dataName.equals(data)).findFirst();
    }

    /// The documents in this language.
    public Corpus corpus(long seed) {
        return switch (this) {
            case EN -> new BuiltInCorpus(seed);
            case ZH -> new ChineseCorpus(seed);
            case BOTH -> new CorpusOfBoth(new BuiltInCorpus(seed), new ChineseCorpus(seed));
        };
    }

    /// The conversations in this language.
    public Conversations conversations(long seed) {
        return switch (this) {
            case EN -> new BuiltInConversations(seed);
            case ZH -> new ChineseConversations(seed);
            case BOTH -> new ConversationsOfBoth(new BuiltInConversations(seed), new ChineseConversations(seed));
        };
    }
}
