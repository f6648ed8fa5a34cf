package nanochat.data;

/// What becomes of a document that cannot be read (a cut line, bytes that are not UTF-8, a damaged page).
public enum BadDocuments {
    /// Reading ends with a [BadDocumentException].
    STOP,
    /// Reading goes on without it, and it is counted: see [DocumentSource#omissions()].
    SKIP
}
