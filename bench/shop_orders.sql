-- Orders of a customer
-- $1: row orders.customer_id
SELECT id, placed, total FROM orders WHERE customer_id = $1 ORDER BY placed DESC LIMIT 10
