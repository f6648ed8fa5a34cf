/// Tools that a model may call while it generates: the calculator.
@org.jspecify.annotations.NullMarked
package nanochat.engine.tool;
