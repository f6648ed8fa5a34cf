/// The whole system against cases recorded from the original.
@org.jspecify.annotations.NullMarked
package nanochat.selftest;
