package nanochat.task;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import nanochat.conversation.Conversation;
import nanochat.conversation.ConversationJson;

/// A list of conversations: what an assistant is trained on, or measured by. Which split of the data they are from is settled when a task
/// is made. Safe for any number of threads.
public sealed interface Task permits GradedTask, BuiltInTalk, SmolTalk, Slice, Mixture {
    /// The number of conversations.
    int size();

    /// Conversation `index`, the same one every time.
    ///
    /// @throws IndexOutOfBoundsException when there is none
    Conversation conversation(int index);

    /// A line that changes when the conversations do, see [nanochat.data.Fingerprints]: how many they are, and what they contain. It may take a
    /// while to find out.
    String fingerprint();

    /// What the conversations of a task that makes them up contain: all of them, so that a new version of the program is told from an older
    /// one.
    static String content(Task task) {
        CRC32 content = new CRC32();
        IntStream.range(0, task.size()).parallel().mapToObj(task::conversation)
                .map(conversation -> ConversationJson.line(conversation).getBytes(StandardCharsets.UTF_8)).toList()
                .forEach(content::update);
        return String.format(Locale.ROOT, "content %08x", content.getValue());
    }
}
