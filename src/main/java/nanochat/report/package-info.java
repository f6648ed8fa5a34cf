/// The report card of a model: one page of HTML and one of Markdown, made from the files that its training left.
@org.jspecify.annotations.NullMarked
package nanochat.report;
