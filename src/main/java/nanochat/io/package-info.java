/// Reading and writing that every other package shares: whole-or-nothing files, JSON, and the exception for what the user got wrong.
@org.jspecify.annotations.NullMarked
package nanochat.io;
