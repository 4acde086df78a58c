"""What tests the service from outside: phones, scenario files, a harness, and chaos."""
