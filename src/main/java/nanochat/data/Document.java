package nanochat.data;

/// One text to learn from, and where it stands.
public record Document(String text, DocumentPosition position) {}
