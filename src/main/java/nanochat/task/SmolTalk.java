package nanochat.task;

import nanochat.conversation.Conversation;
import nanochat.conversation.ConversationJson;
import nanochat.data.download.TaskFiles;
import nanochat.io.BaseDirectory;

/// SmolTalk, in the selection for small models: everyday conversations of several turns, 460,000 to train on.
///
/// https://huggingface.co/datasets/HuggingFaceTB/smol-smoltalk: `messages` (a list of `role` and `content`).
public record SmolTalk(DatasetRows<Conversation> rows) implements Task {
    /// @param files SMOLTALK_TRAIN or SMOLTALK_TEST
    public static SmolTalk of(TaskFiles files, BaseDirectory base) {
        return new SmolTalk(new DatasetRows<>(files.label(), files.files(base), SmolTalk::read));
    }

    static Conversation read(DatasetRow row) {
        return ConversationJson.conversation(row.columns());
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public Conversation conversation(int index) {
        return rows.row(index);
    }

    @Override
    public String fingerprint() {
        return rows.fingerprint();
    }
}
