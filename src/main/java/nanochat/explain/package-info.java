/// What happens inside, shown on the reader's own text and model, by the very code that trains and infers. A [nanochat.explain.Topic] answers one
/// question with a document, in English or Chinese; what it claims it has just checked.
@org.jspecify.annotations.NullMarked
package nanochat.explain;
