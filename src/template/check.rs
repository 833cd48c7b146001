//! What is wrong with a template.
