/// The built-in corpus: seeded, endless, offline. Stories from a grammar, facts in many phrasings, arithmetic, equations, spelling.
/// The words live in resource files beside this package's resources; the classes here only combine them.
@org.jspecify.annotations.NullMarked
package nanochat.data.corpus;
