package nanochat.data;

/// How documents are found in files.
///
/// @param textSplit what a document is in `.txt`
/// @param textField the field of JSON lines, or the column of Parquet, that holds it
/// @param badDocuments what becomes of documents that cannot be read
public record DocumentOptions(TextSplit textSplit, String textField, BadDocuments badDocuments) {
    /// The name that most data sets use.
    public static final String TEXT_FIELD = "text";

    /// The usual field, and nothing left out.
    public DocumentOptions(TextSplit textSplit) {
        this(textSplit, TEXT_FIELD, BadDocuments.STOP);
    }
}
