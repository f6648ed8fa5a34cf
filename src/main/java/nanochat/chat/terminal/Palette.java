package nanochat.chat.terminal;

/// The few colours of the chat, all from the sixteen that every terminal's theme chooses for itself.
///
/// @param colours whether there are any; without them all text is plain
record Palette(boolean colours) {
    private static final String PLAIN = "\u001B[0m";

    /// Where the user writes.
    String prompt(String text) {
        return paint("1;36", text);
    }

    /// The calculator's.
    String tool(String text) {
        return paint("36", text);
    }

    /// What is beside the conversation: speed, hints.
    String aside(String text) {
        return paint("2", text);
    }

    /// What the user should not miss.
    String warning(String text) {
        return paint("33", text);
    }

    private String paint(String code, String text) {
        return colours ? "\u001B[" + code + "m" + text + PLAIN : text;
    }
}
