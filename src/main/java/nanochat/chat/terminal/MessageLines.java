package nanochat.chat.terminal;

/// How a message of several lines is typed: a line that ends in a backslash goes on in the next; lines between `"""` at the beginning of
/// the first and at the end of the last are taken as they are.
final class MessageLines {
    private static final String BLOCK = "\"\"\"";
    private static final String CONTINUED = "\\";

    private MessageLines() {
    }

    /// Whether more lines belong to what was typed so far.
    static boolean goOn(String typed) {
        return isBlock(typed) ? !isClosed(typed) : typed.endsWith(CONTINUED);
    }

    /// The message that the typed lines mean.
    static String message(String typed) {
        if (isBlock(typed)) {
            String inside = typed.stripLeading().substring(BLOCK.length());
            return isClosed(typed) ? inside.stripTrailing().substring(0, inside.stripTrailing().length() - BLOCK.length()).strip() : inside;
        }
        return typed.replace(CONTINUED + "\n", "\n").strip();
    }

    private static boolean isBlock(String typed) {
        return typed.stripLeading().startsWith(BLOCK);
    }

    private static boolean isClosed(String typed) {
        String block = typed.strip();
        return block.length() >= 2 * BLOCK.length() && block.endsWith(BLOCK);
    }
}
