/// The backend that says what every operation computes: plain scalar Java, slow and obviously right.
@org.jspecify.annotations.NullMarked
package nanochat.tensor.reference;
