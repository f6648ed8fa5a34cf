package nanochat.data.corpus;

/// Documents of questions with the replies that the conversations give, one below the other: whatever needs no calculator, asked as people
/// type it. So the first training already sees small letters, and what nobody told it.
final class TalkWriter {
    private final BuiltInConversations conversations;

    TalkWriter(BuiltInConversations conversations) {
        this.conversations = conversations;
    }

    void write(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        while (out.length() < end) {
            Exchange exchange = conversations.told(draw);
            out.append(exchange.question()).append('\n').append(exchange.reply().text()).append('\n');
        }
    }
}
