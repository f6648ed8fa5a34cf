/// What the program has to show, told apart from how it looks: a [nanochat.page.Document] of a few kinds of [nanochat.page.Block]s, and the
/// pages that know how to show each kind.
@org.jspecify.annotations.NullMarked
package nanochat.page;
